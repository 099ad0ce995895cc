"""What do duty leaders and engineers watch in Grafana? Boards, alert rules and provisioning as code."""
