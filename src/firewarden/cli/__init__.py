"""Which room answers which command? The only place that knows them all."""
