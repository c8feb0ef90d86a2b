"""Rendering of a motion: camera, athlete, background."""

import cv2
import numpy as np

from .athlete import BAR_HEIGHT, JOINTS, Motion

_LIMBS = (
    ('hip', 'knee', 0.075),
    ('knee', 'foot', 0.055),
    ('shoulder', 'elbow', 0.055),
    ('elbow', 'hand', 0.045),
)
_SUBPIXEL = 4  # fractional bits of OpenCV's drawing coordinates


def _hsv(hue: float, saturation: float, value: float) -> tuple[float, ...]:
    pixel = np.array([[[hue % 180, saturation, value]]], np.uint8)
    return tuple(float(channel) for channel in cv2.cvtColor(pixel, cv2.COLOR_HSV2BGR)[0, 0])


def _background(size: int, rng: np.random.Generator, crowd: int = 0) -> np.ndarray:
    """Uint8 (S, S, 3): a blurred pattern, a few distractors, and a crowd; wider than any pan."""
    grey = rng.integers(100, 150, (5, 5, 1))
    coarse = (grey + rng.integers(-15, 16, (5, 5, 3))).astype(np.uint8)
    image = cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC)
    for _ in range(rng.integers(2, 6)):
        corner = rng.integers(0, size, 2)
        extent = rng.integers(size // 12, size // 4, 2)
        colour = tuple(float(c) for c in rng.integers(80, 180) + rng.integers(-20, 21, 3))
        cv2.rectangle(image, corner.tolist(), (corner + extent).tolist(), colour, -1)
    for _ in range(crowd):
        place, width = rng.integers(0, size, 2).tolist(), int(rng.integers(size // 40, size // 12))
        colour = tuple(float(c) for c in rng.integers(40, 215) + rng.integers(-30, 31, 3))
        cv2.ellipse(image, place, (width, 2 * width), 0, 0, 360, colour, -1)
    return cv2.GaussianBlur(image, (0, 0), size / 90)


def render(
    motion: Motion,
    size: int,
    on_bar: bool,
    rng: np.random.Generator,
    moving_camera: bool = False,
) -> np.ndarray:
    """Draw a motion as seen by a random camera, in random colours.

    Args:
        motion: Joints of T frames.
        size: Side of the square frames in pixels.
        on_bar: Whether there is a bar (uneven bars).
        rng: Source of everything that is random.
        moving_camera: Whether it is held by hand and follows the athlete, so that a wall with a
            crowd passes behind, by up to a frame in a clip; else it pans by up to 0.06 of one.

    Returns:
        uint8 (T, size, size, 3), BGR.
    """
    num_frames = len(motion.front)
    points = np.stack([motion.joints[name] for name in JOINTS], axis=1)
    # Framed alike for every class: extents of the motion itself would tell the number of turns.
    centre = np.array([0.0, 0.0, BAR_HEIGHT if on_bar else 1.2])
    extent = 4.1 if on_bar else 2.4

    # Camera: azimuth, elevation and roll fixed, pan and zoom drifting over the clip.
    azimuth, elevation, roll = np.radians(rng.uniform((-20, -8, -6), (20, 15, 6)))
    ca, sa, ce, se = np.cos(azimuth), np.sin(azimuth), np.cos(elevation), np.sin(elevation)
    right = np.array([ca, sa, 0.0])
    ahead = np.array([-sa * ce, ca * ce, -se])
    upward = np.cross(right, ahead)
    right, upward = (
        np.cos(roll) * right + np.sin(roll) * upward,
        np.cos(roll) * upward - np.sin(roll) * right,
    )
    drift = np.linspace(-0.5, 0.5, num_frames)[:, None]
    pan = size * (rng.uniform(-0.05, 0.05, 2) + drift * rng.uniform(-0.06, 0.06, 2))
    zoom = size * rng.uniform(0.84, 1.0) / extent * (1 + drift[:, 0] * rng.uniform(-0.1, 0.1))

    def project(where: np.ndarray) -> np.ndarray:
        """Orthographic image coordinates of (T, …, 3)."""
        flat = np.stack([(where - centre) @ right, -(where - centre) @ upward], axis=-1)
        shape = (num_frames,) + (1,) * (flat.ndim - 1)
        moved = pan.reshape(num_frames, *(1,) * (flat.ndim - 2), 2)
        return flat * zoom.reshape(shape) + size / 2 + moved

    flat = dict(zip(JOINTS, project(points).transpose(1, 0, 2), strict=True))
    depth = dict(zip(JOINTS, ((points - centre) @ ahead).T, strict=True))
    facing = motion.front @ ahead  # negative: the chest is towards the camera
    front_step = project(motion.joints['neck'] + 0.06 * motion.front) - flat['neck']
    face_at = project(motion.joints['head'] + 0.09 * motion.front)

    # Left and right, front and back are told apart by colour, alike for all athletes.
    side_colour = {
        'l': _hsv(rng.uniform(-6, 6), rng.uniform(170, 240), rng.uniform(190, 250)),
        'r': _hsv(rng.uniform(105, 125), rng.uniform(170, 240), rng.uniform(150, 230)),
    }
    chest, back = _hsv(rng.uniform(20, 30), 110, 250), _hsv(rng.uniform(60, 75), 180, 90)
    skin, hair = _hsv(rng.uniform(5, 16), rng.uniform(60, 130), 235), _hsv(12, 120, 40)
    thick = rng.uniform(0.85, 1.25)

    margin = int(size * 0.1) + 1
    wall = _background(size + 2 * margin, rng)
    passing = np.zeros((num_frames, 2))
    if moving_camera:
        wall = np.hstack([_background(len(wall), rng, crowd=40) for _ in range(3)])
        pan += size * rng.normal(0, 0.005, (num_frames, 2)).clip(-0.01, 0.01)
        swing = 0.1 * np.sin(2 * np.pi * (2 * drift[:, 0] * rng.uniform(0.5, 1.5) + rng.uniform()))
        passing[:, 0] = size * (drift[:, 0] * rng.uniform(-0.8, 0.8) + swing)
    middle = np.array([(wall.shape[1] - size) / 2, margin])
    bar = project(np.broadcast_to([0.0, 0.0, BAR_HEIGHT], (num_frames, 3)))

    def at(point: np.ndarray) -> tuple[int, int]:
        return tuple(np.round(point * 2**_SUBPIXEL).astype(int).tolist())

    def line(image: np.ndarray, a: np.ndarray, b: np.ndarray, colour: tuple, width: float) -> None:
        width = max(1, round(float(width)))
        cv2.line(image, at(a), at(b), colour, width, cv2.LINE_AA, _SUBPIXEL)

    frames = np.empty((num_frames, size, size, 3), np.uint8)
    for t in range(num_frames):
        dx, dy = (middle + np.round(passing[t] - pan[t])).astype(int)
        image = frames[t]
        image[:] = wall[dy : dy + size, dx : dx + size]
        if on_bar:
            cv2.circle(
                image,
                at(bar[t]),
                round(0.05 * zoom[t] * 2**_SUBPIXEL),
                (30, 30, 30),
                -1,
                cv2.LINE_AA,
                _SUBPIXEL,
            )
        parts: list[tuple[float, str, tuple]] = [(0.0, 'torso', ())]
        for side in 'lr':
            for first, last, width in _LIMBS:
                names = f'{side}_{first}', f'{side}_{last}'
                away = (depth[names[0]][t] + depth[names[1]][t]) / 2
                parts.append((away - depth['neck'][t], side, (*names, width)))
        parts.append((depth['head'][t] - depth['neck'][t], 'head', ()))
        for _, kind, spec in sorted(parts, key=lambda part: -part[0]):
            if kind == 'torso':
                corners = ('l_shoulder', 'r_shoulder', 'r_hip', 'l_hip')
                quad = np.array([at(flat[name][t]) for name in corners], np.int32)
                colour = chest if facing[t] < 0 else back
                cv2.fillConvexPoly(image, quad, colour, cv2.LINE_AA, _SUBPIXEL)
                spine = flat['neck'][t], (flat['l_hip'][t] + flat['r_hip'][t]) / 2
                for sign, colour in ((-1, back), (1, chest)):
                    top, bottom = (end + sign * front_step[t] for end in spine)
                    line(image, top, bottom, colour, 0.12 * thick * zoom[t])
            elif kind == 'head':
                radius = round(0.12 * zoom[t] * 2**_SUBPIXEL)
                cv2.circle(image, at(flat['head'][t]), radius, hair, -1, cv2.LINE_AA, _SUBPIXEL)
                if facing[t] < 0.3:
                    cv2.circle(
                        image, at(face_at[t]), round(0.7 * radius), skin, -1, cv2.LINE_AA, _SUBPIXEL
                    )
            else:
                first, last, width = spec
                line(
                    image,
                    flat[first][t],
                    flat[last][t],
                    skin if first.endswith('knee') else side_colour[kind],
                    2 * width * thick * zoom[t],
                )
    return frames
