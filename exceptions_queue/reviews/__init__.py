"""The twenty-case review: which cases are drawn, what is asked of each, and what the answers come to."""
