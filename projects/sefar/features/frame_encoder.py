"""Image encoders of Hugging Face transformers on single frames, for comparison."""

from collections.abc import Sequence

import mmcv
import numpy as np
import torch

from sefar.datasets.transforms.functional import segment_frames
from sefar.datasets.video import Video
from sefar.optional import need

HUB = 'transformers:'


class FrameEncoder:
    """Features of clips by a frozen image encoder, frame by frame (the rows of Table 5).

    ::

        kind       shape a clip      what
        elements   (K, D)            one pooled vector a frame
        patches    (K · P, D)        every token of every frame

    The frames are the centres of K equal segments, resized and cropped to the encoder's size.

    Args:
        path: Folder or name on the hub of a vision model with its image processor's settings, such
            as ``'openai/clip-vit-large-patch14'``.
        kind: ``'elements'`` or ``'patches'``.
        device: Where to compute.
        frames: K.

    Raises:
        ImportError: transformers is not installed.
        OSError: there is no such model.
        ValueError: an image encoder has no fusion of elements; the model does not say its
            images' size, or sees a part of each at random.
    """

    def __init__(self, path: str, kind: str, device: str = 'cpu', frames: int = 8) -> None:
        if kind not in ('elements', 'patches'):
            raise ValueError(f"--kind {kind}: an image encoder has 'elements' and 'patches'")
        transformers = need('transformers')
        config = transformers.AutoConfig.from_pretrained(path)
        # A model of images and texts, such as CLIP, is loaded without its texts.
        loader = (
            transformers.CLIPVisionModel
            if config.model_type in ('clip', 'clip_vision_model')
            else transformers.AutoModel
        )
        self.model = loader.from_pretrained(path).to(device).eval()
        settings, _ = transformers.ImageProcessingMixin.get_image_processor_dict(path)
        self.mean = np.array(settings['image_mean'], np.float32) * 255
        self.std = np.array(settings['image_std'], np.float32) * 255
        size = getattr(self.model.config, 'image_size', None)
        if not isinstance(size, int) or getattr(self.model.config, 'mask_ratio', None):
            raise ValueError(
                f'{path}: a {config.model_type} of image_size={size}; wanted an encoder of whole '
                'square images that says their side, such as ViT, DINOv2 or CLIP'
            )
        self.size = size
        self.kind, self.device, self.frames = kind, device, frames

    def read(self, path: str) -> np.ndarray:
        """A video file's frames, normalised, float32 (K, size, size, 3)."""
        reader = Video(path)
        indices = segment_frames(len(reader), np.full(self.frames, 0.5))
        images = []
        for image in reader.get_batch(indices.tolist()).asnumpy():
            scale = self.size / min(image.shape[:2])
            height, width = (round(side * scale) for side in image.shape[:2])
            image = mmcv.imresize(image, (width, height), interpolation='bicubic')
            top, left = (height - self.size) // 2, (width - self.size) // 2
            images.append(image[top : top + self.size, left : left + self.size])
        return (np.stack(images).astype(np.float32) - self.mean) / self.std

    @torch.no_grad()
    def __call__(self, clips: Sequence[np.ndarray]) -> np.ndarray:
        """Features of clips that :meth:`read` gave, float32 (B, tokens, D).

        Raises:
            ValueError: the model gives no vector a frame, or no tokens of (P, D).
        """
        pixels = torch.from_numpy(np.concatenate(clips)).permute(0, 3, 1, 2).contiguous()
        output = self.model(pixel_values=pixels.to(self.device))
        patches = self.kind == 'patches'
        tokens = output.last_hidden_state if patches else output.get('pooler_output')
        if tokens is None or tokens.ndim != (3 if patches else 2):
            found = 'nothing' if tokens is None else f'{tuple(tokens.shape)}'
            raise ValueError(
                f'--kind {self.kind}: of {len(pixels)} frames the image encoder gives {found}; '
                f'wanted {"(frames, patches, width)" if patches else "(frames, width)"}'
            )
        return tokens.reshape(len(clips), -1, tokens.shape[-1]).float().cpu().numpy()

    def files(self, paths: Sequence[str]) -> np.ndarray:
        """Features of video files, float32 (B, tokens, D)."""
        return self([self.read(str(path)) for path in paths])
