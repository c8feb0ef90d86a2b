"""What is done once, before training: lists, checks, splits, sources, smaller clips, SynthGym."""
