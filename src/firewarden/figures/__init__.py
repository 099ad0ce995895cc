"""How is each process doing? Its figures, for Prometheus and for the console alike."""
