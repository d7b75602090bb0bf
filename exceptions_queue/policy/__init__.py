"""The policy: from what is known about a shipment to what is wrong, how urgent, and who owes what by when (pure).

`assess` is the question. `document` holds a policy as one value, read line by line (`reading`) from its parts (`rules`,
`weights`, `terms`, `calendars`, `incidents`); `default` is the one Waypost starts with, `sentences` reads any aloud.

To look for something new: give its figures a line in `rules.FIGURES`, a function a line in `detectors.DETECTORS`, words
in `sentences`, and lines in the document; what it needs to know is a field of `situation.Situation`. A new section is a
parser in `document.parse_policy` and a field of `Policy`.
"""
