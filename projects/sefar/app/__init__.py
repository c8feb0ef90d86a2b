"""A local page on a run: results, clips, predictions, and clips to label."""
