"""What a policy would have done: stored history replayed event by event with a simulated clock.

Pure: `parcels` (what is replayed), `tables` (the odds as they were learned day by day), `replay` (parcels through the
very same `assess` and `consequences`), `tally` and `results` (what came of it), `outcome` (what is told of one parcel),
`figures` and `days` (how people read it). Shell: `reading` (from the database), `jobs` (slices with a
checkpoint after each, resumable by whoever takes the lease) and `pruning` (what is kept of old ones).

What is not stored cannot be replayed: carriers' feeds count as alive, an order is what it became, and nobody works the
cases, so none is closed by a decision.
"""
