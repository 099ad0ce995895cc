"""What can be learnt from what happened, and how good is it? Models that can be read, and honest figures."""
