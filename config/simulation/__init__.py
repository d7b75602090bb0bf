"""A realistic world of shipments, told in the carriers' own formats; `manage.py simulate` plays it."""
