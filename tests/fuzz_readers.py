"""python tests/fuzz_readers.py [NUMBER]: damaged lists and tables; each is read or refused by name.

Takes right files, turns over, takes out, repeats and puts in bytes, and reads what comes of it. Any
error but a ValueError that names the file, or a read of more than a second, ends it.
"""

import random
import sys
import tempfile
import time
from pathlib import Path

from tqdm import tqdm

from sefar.datasets.clip_lists import read_class_names, read_clip_list
from sefar.preparation.label_table import read_table

RIGHT = (
    b'a.mp4 0\nb c.mp4 1\n# a comment\n./#d.mp4,2\ne.mp4#t=1.5-4 0\n',
    b'clip,label,start,end\na.mp4,low,0,1.5\n"b, c.mp4",high,2,3\n',
    'clip;label\r\nü.mp4;jeté\r\n'.encode('utf-16'),
)
PIECES = (
    b'"',
    b',',
    b';',
    b'\t',
    b'\n',
    b'\r',
    b'\0',
    b'#',
    b'\xff\xfe',
    b'-1',
    b'9' * 40,
    b'1e999',
)


def damaged(rng: random.Random) -> bytes:
    """A right file after one to six changes."""
    content = bytearray(rng.choice(RIGHT))
    for _ in range(rng.randint(1, 6)):
        place = rng.randrange(len(content) + 1)
        length = rng.randint(0, 8)
        change = rng.randrange(4)
        if change == 0 and content:
            content[place % len(content)] ^= 1 << rng.randrange(8)
        elif change == 1:
            del content[place : place + length]
        elif change == 2:
            content[place:place] = content[place : place + length] * rng.randint(1, 4)
        else:
            content[place:place] = rng.choice(PIECES)
    return bytes(content)


def main() -> None:
    """Read damaged files."""
    number = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000
    rng = random.Random(0)
    readers = (
        lambda path: read_clip_list(path, 3, True),
        lambda path: read_clip_list(path, None, False),
        lambda path: read_table(Path(path)),
        lambda path: read_class_names(path),
    )
    refused = 0
    with tempfile.NamedTemporaryFile() as file:
        for index in tqdm(range(number), unit='input', mininterval=10):
            content = damaged(rng)
            file.seek(0)
            file.truncate()
            file.write(content)
            file.flush()
            began = time.monotonic()
            try:
                readers[index % len(readers)](file.name)
            except ValueError as error:
                refused += 1
                if file.name not in str(error):
                    raise RuntimeError(f'{content!r}: does not name the file') from error
            if time.monotonic() - began > 1:
                raise RuntimeError(f'{content!r}: takes more than a second')
    print(f'{number} inputs: {refused} refused by name, {number - refused} read, none worse')


if __name__ == '__main__':
    main()
