"""What other networks would have done to a team's recent traffic, judged by the gate's own rule."""
