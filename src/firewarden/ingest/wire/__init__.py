"""The formats in which devices speak: bytes to facts and back, and nothing else."""
