"""The paths of the HTTP api, one module for each noun."""
