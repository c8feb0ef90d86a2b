# SeFAR as we recommend it: no temporal perturbation unless the data's own labels speak for one
# (tools/report.py perturbations), classes aligned, and the data's symmetries followed.
_sefar_recommended = dict(
    _delete_=True,
    type='SeFAR',
    gamma_un=3.0,
    gamma_mix=3.0,
    ema=dict(momentum=0.02),
    warmup=dict(share=1 / 6, ramp='constant'),
    pseudo_labels=dict(
        type='AdaptiveRegulationLoss',
        scale='released',
        num_predictions=10,
        alignment=dict(type='DistributionAlignment', momentum=0.99),
    ),
    mix=dict(type='TubeMix', cell=16),
)
sefar_recommended = dict(algorithm=dict(steps=_sefar_recommended))
