"""The inbox pages: what failed, what was refused at the door, what no order claims, and what to do about it."""
