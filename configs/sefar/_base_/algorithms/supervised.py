# Labels alone: no unlabelled clip is decoded.
_supervised = dict(_delete_=True, type='Supervised')
supervised = dict(algorithm=dict(paper=_supervised, steps=_supervised))
