# What makes SeFAR as we recommend it of SeFAR: the pool's classes aligned, labelled actors before
# the backgrounds of other labelled clips too, no temporal perturbation unless the data's own labels
# speak for one (tools/perturbations.py), and a twin on the labels alone, which predicts where
# held-out clips say that it is better. The leaf adds the symmetries of its data.
sefar_recommended = dict(
    algorithm=dict(
        type='SeFARWithComposites',
        pseudo_labels=dict(alignment=dict(type='DistributionAlignment', momentum=0.99)),
        guard=dict(interval=3),
    ),
    train=dict(
        unlabelled=dict(
            pipeline=dict(split=dict(views=dict(strong=dict(temporal=dict(_delete_=True))))),
        ),
    ),
)
