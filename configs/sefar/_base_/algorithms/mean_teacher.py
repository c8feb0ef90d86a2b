# Mean Teacher: consistency of probabilities on unlabelled clips; the views differ in space alone.
_mean_teacher = dict(_delete_=True, type='MeanTeacher')
mean_teacher = dict(
    algorithm=dict(
        paper=dict(
            ema=dict(momentum=1e-4), warmup=dict(epochs=5, ramp='released'), **_mean_teacher
        ),
        steps=dict(
            ema=dict(span=0.015), warmup=dict(share=1 / 6, ramp='released'), **_mean_teacher
        ),
    ),
    train=dict(
        unlabelled=dict(
            pipeline=dict(split=dict(views=dict(strong=dict(temporal=dict(_delete_=True))))),
        ),
    ),
)
