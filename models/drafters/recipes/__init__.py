"""How the numbers of the drafters were made."""
