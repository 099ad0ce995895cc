"""How do boards and alert rules come into a Grafana that runs already, again and again, and harm nothing else there?"""
