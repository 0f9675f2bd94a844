"""What is measured: our figure and the baseline side by side, from one run."""
