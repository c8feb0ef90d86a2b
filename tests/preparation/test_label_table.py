import pytest

from sefar.preparation.label_table import doubts, read_table


def read(tmp_path, text, group_by=None, encoding='utf-8'):
    path = tmp_path / 'labels.csv'
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return [tuple(row[:3]) for row in read_table(path, group_by)]


@pytest.mark.parametrize(
    'text',
    [
        'a.mp4,jump\nb c.mp4,turn\n',
        'clip,label\na.mp4,jump\n\nb c.mp4, turn\n',
        'Filename;Action\r\na.mp4;jump\r\nb c.mp4;turn',
        'label\tpath\tnote\njump\ta.mp4\tx\nturn\tb c.mp4\n',
        '"clip","label"\n"a.mp4","jump"\n"b c.mp4","turn"\n',
    ],
)
@pytest.mark.parametrize('encoding', ['utf-8', 'utf-8-sig', 'utf-16'])
def test_tables_as_people_write_them(tmp_path, text, encoding):
    found = read(tmp_path, text, encoding=encoding)
    assert found == [('a.mp4', 'jump', ''), ('b c.mp4', 'turn', '')]


def test_segments_groups_and_rows_without_a_label(tmp_path):
    text = 'clip,start,end,label,Athlete\na.mp4,1,2.5,jump,x\nb.mp4,,,,y\n'
    assert read(tmp_path, text, 'athlete') == [
        ('a.mp4#t=1-2.5', 'jump', 'x'),
        ('b.mp4', '', 'y'),
    ]
    assert read(tmp_path, 'a.mp4,jump,0,2\n') == [('a.mp4#t=0-2', 'jump', '')]
    assert read(tmp_path, 'a.mp4,e\u0301lan\n') == [('a.mp4', '\u00e9lan', '')]


@pytest.mark.parametrize(
    ('text', 'group_by', 'message'),
    [
        ('', None, 'labels.csv: no labels'),
        (b'\x00\x01\xff\xfe', None, 'labels.csv: is no text in UTF-8'),
        ('name,label\na,b\n', None, 'labels.csv:1: .*names no clip column'),
        ('clip,label,start\na,b,1\n', None, 'labels.csv:1: .*just one of start and end'),
        ('clip,label\na,b\n', 'x', 'labels.csv:1: --group-by x: the header has clip, label'),
        ('a,b\n', 'x', 'labels.csv: --group-by x: the table has no header'),
        ('a,b\nc\n', None, r"labels.csv:2: found \['c'\], wanted clip,label"),
        ('clip,label,start,end\na,b,2,1\n', None, 'labels.csv:2: .*wanted 0 <= start < end'),
        ('clip,label,start,end\na,b,x,1\n', None, 'labels.csv:2: .*wanted seconds'),
        ('clip,label\n,b\n', None, 'labels.csv:2: .*a row without a clip'),
        ('a,"b\nc,b\nd,b\n', None, 'labels.csv:1: a double quote that the line does not close'),
        (
            'clip,label,Start (s),end_time\na,b,1,2\n',
            None,
            r'labels.csv:1: .*start \(s\), end_time; name',
        ),
    ],
)
def test_faults_name_file_and_line(tmp_path, text, group_by, message):
    with pytest.raises(ValueError, match=message):
        read(tmp_path, text, group_by)


def test_a_comma_in_a_class_name_wants_quotes(tmp_path):
    with pytest.raises(
        ValueError, match=r"labels.csv:2: found 3 fields, the header has 2; put .*','"
    ):
        read(tmp_path, 'clip,label\na.mp4,leap, forward\nb.mp4,leap, backward\n')
    assert read(tmp_path, 'clip,label\na.mp4,"leap, forward",\n')[0][1] == 'leap, forward'


def test_a_later_table_may_have_no_groups(tmp_path):
    (tmp_path / 'next.csv').write_text('clip,label\na.mp4,jump\n')
    assert read_table(tmp_path / 'next.csv', 'athlete', group_wanted=False)[0].group == ''
    with pytest.raises(ValueError, match='--group-by athlete: the header has clip, label'):
        read_table(tmp_path / 'next.csv', 'athlete')


def test_classes_that_may_be_one():
    (found,) = doubts(['jump', 'Jump', 'turn', 'j u m p'])
    assert found.startswith("the classes 'jump' and 'Jump' differ in case")
    assert doubts(['jump', 'turn', '1', '10']) == []
    assert len(doubts(['01', '1', '1.0', '10'])) == 1
