"""How do boards and alert rules come into a Grafana that runs already, again and again, without harm to what is not ours?"""
