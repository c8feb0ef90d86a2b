# FixMatch: the student is its own teacher (ω = 1), hard labels above a threshold, no mixing; its
# strong view differs in space alone.
fixmatch = dict(
    regulation=dict(_delete_=True, type='FixedThresholdLoss', threshold=0.95),
    mix=None,
    momentum=1.0,
    num_predictions=1,
)
