"""What is known of each venue, folded from its facts one by one; the same facts in any order give the same state."""
