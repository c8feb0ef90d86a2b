# The networks of the other rows of the paper's Tables 1 and 2, on one clip of 8 frames.
_base_ = ['../datasets/scopes.py', '../schedules/sgd_30e.py', '../runtime.py']
_elements = (8,)
_sampled = dict(pipeline=dict(sample=dict(elements=_elements)))
model = dict(
    type='SemiSupervisedRecognizer',
    recognizer=dict(
        type='Recognizer3D',
        backbone=dict(type='PerElementBackbone', elements=_elements),
        cls_head=dict(
            type='PairwiseFusionHead',
            num_classes=2,
            num_elements=1,
            in_channels=512,
            dropout_ratio=0.5,
        ),
    ),
    algorithm=dict(),  # a row chooses
    data_preprocessor=dict(
        type='SemiSupervisedDataPreprocessor',
        mean=[114.75, 114.75, 114.75],
        std=[57.375, 57.375, 57.375],
        format_shape='NCTHW',
    ),
)
train_dataloader = dict(dataset=dict(labelled=_sampled, unlabelled=_sampled))
val_dataloader = test_dataloader = dict(dataset=_sampled)
_scratch = dict(pretrained=None, pretrained2d=False)
_strides = dict(temporal_strides=(1, 2, 2, 2))  # as in LTG's and ActorCutMix's own configs
_image = 'https://download.pytorch.org/models/'
networks = dict(
    r3d_18=dict(backbone=dict(backbone=dict(type='ResNet3d', depth=18, **_strides, **_scratch))),
    # For methods that look at steps of time.
    r3d_18_steps=dict(backbone=dict(backbone=dict(type='ResNet3d', depth=18, **_scratch))),
    r3d_50=dict(
        backbone=dict(backbone=dict(type='ResNet3d', depth=50, **_scratch)),
        cls_head=dict(in_channels=2048),
    ),
    # From image weights, spread over time.
    r3d_18_image=dict(
        backbone=dict(
            backbone=dict(
                type='ResNet3d',
                depth=18,
                pretrained=f'{_image}resnet18-f37072fd.pth',
                **_strides,
            )
        ),
    ),
    r3d_50_image=dict(
        backbone=dict(
            backbone=dict(type='ResNet3d', depth=50, pretrained=f'{_image}resnet50-0676ba61.pth')
        ),
        cls_head=dict(in_channels=2048),
    ),
    r2plus1d_34=dict(
        backbone=dict(
            backbone=dict(
                type='ResNet2Plus1d',
                depth=34,
                conv1_kernel=(3, 7, 7),
                conv_cfg=dict(type='Conv2plus1d'),
                inflate=(1, 1, 1, 1),
                **_strides,
                **_scratch,
            )
        ),
    ),
    slowfast_50=dict(
        backbone=dict(
            backbone=dict(
                type='ResNet3dSlowFast',
                pretrained=None,
                resample_rate=4,
                speed_ratio=4,
                channel_ratio=8,
                slow_pathway=dict(
                    type='resnet3d',
                    depth=50,
                    pretrained=None,
                    lateral=True,
                    conv1_kernel=(1, 7, 7),
                    conv1_stride_t=1,
                    pool1_stride_t=1,
                    inflate=(0, 0, 1, 1),
                ),
                fast_pathway=dict(
                    type='resnet3d',
                    depth=50,
                    pretrained=None,
                    lateral=False,
                    base_channels=8,
                    conv1_kernel=(5, 7, 7),
                    conv1_stride_t=1,
                    pool1_stride_t=1,
                ),
            )
        ),
        cls_head=dict(in_channels=2304),
    ),
)
