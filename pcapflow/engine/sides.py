# cython: language_level=3, boundscheck=False
"""One end of a row: as in a new row, as the numbers of a packed one, and back.

What only few ends have is not packed where it is as in a new row; three bits say what is there.
"""

import cython

if not cython.compiled:
    from pcapflow.engine.layout import side_of
    from pcapflow.engine.sheet import get, get_time, put, put_time

    HAS_ENDING = 1
    HAS_HOLE = 2
    HAS_RARE = 4


def clear_side(side):
    """Nothing is known of this end yet."""
    side.isn = -1
    side.snd_nxt = -1
    side.snd_una = -1
    side.ack_sent = -1
    side.fin_mark = -1
    side.fin_ack = -1
    side.fin_count = 0
    side.fin_last = -1
    side.fin_acked_at = -1
    side.fin_acked_frame = -1
    side.hole_from = -1
    side.hole_to = -1
    side.last = -1
    side.last_data = -1
    side.letters = 0
    side.windows = 0
    side.again = 0
    side.gaps = 0
    side.fin_seen = 0
    side.unseen = 0
    side.octets = 0
    side.packets = 0
    side.rsts = 0
    side.rtt = -1
    side.scale = -1
    side.syn_count = 0
    side.unanswered = 0
    side.window = -1
    side.calm = 0
    side.zero = 0
    side.alive = 0
    side.lives = 0
    side.origin = -1
    side.ip_id = -1
    side.asked = -1
    side.idle = -1
    return 0


def put_side(sheet, row, end):
    """Write one end of a row."""
    side = side_of(row, end)
    ending: cython.longlong = (
        side.fin_mark >= 0
        or side.fin_ack >= 0
        or side.fin_count > 0
        or side.fin_last >= 0
        or side.fin_acked_at >= 0
        or side.fin_acked_frame >= 0
        or side.fin_seen
    )
    hole: cython.longlong = side.hole_from >= 0 or side.hole_to >= 0
    rare: cython.longlong = (
        side.unanswered
        or side.zero
        or side.lives
        or side.rsts
        or side.windows
        or side.unseen
        or side.again
        or side.gaps
        or side.asked >= 0
    )
    put(
        sheet,
        side.syn_count << 8
        | side.alive << 5
        | side.calm << 3
        | (HAS_ENDING if ending else 0)
        | (HAS_HOLE if hole else 0)
        | (HAS_RARE if rare else 0),
    )
    put(sheet, side.letters)
    put(sheet, side.isn)
    put(sheet, side.snd_nxt - side.isn)
    put(sheet, side.snd_nxt - side.snd_una)
    put(sheet, side.snd_nxt - side.isn - side.octets)
    put(sheet, side.ack_sent - side_of(row, 1 - end).snd_nxt)
    put(sheet, side.ip_id)
    put(sheet, side.origin)
    put(sheet, side.packets)
    put(sheet, side.window)
    put(sheet, side.rtt)
    put(sheet, side.scale)
    if ending:
        put(sheet, side.fin_mark - side.snd_nxt)
        put(sheet, side.fin_ack)
        put(sheet, side.fin_count)
        put_time(sheet, side.fin_last, side.last)
        put_time(sheet, side.fin_acked_at, side.fin_last)
        put_time(sheet, side.fin_acked_frame, row.first_frame)
        put(sheet, side.fin_seen)
    if hole:
        put(sheet, side.hole_from)
        put(sheet, side.hole_to)
    if rare:
        put(sheet, side.unanswered)
        put(sheet, side.zero)
        put(sheet, side.lives)
        put(sheet, side.rsts)
        put(sheet, side.windows)
        put(sheet, side.unseen)
        put(sheet, side.again)
        put(sheet, side.gaps)
        put(sheet, side.asked)
    return 0


def get_side(sheet, row, end):
    """Bring back one end of a row that has been cleared."""
    side = side_of(row, end)
    flags: cython.longlong = get(sheet)
    side.syn_count = flags >> 8
    side.alive = flags >> 5 & 7
    side.calm = flags >> 3 & 3
    side.letters = get(sheet)
    side.isn = get(sheet)
    side.snd_nxt = get(sheet) + side.isn
    side.snd_una = side.snd_nxt - get(sheet)
    side.octets = side.snd_nxt - side.isn - get(sheet)
    side.ack_sent = get(sheet)  # the other end's number is added when both are known
    if end:
        side.ack_sent += row.side[0].snd_nxt
        row.side[0].ack_sent += side.snd_nxt
    side.ip_id = get(sheet)
    side.origin = get(sheet)
    side.packets = get(sheet)
    side.window = get(sheet)
    side.rtt = get(sheet)
    side.scale = get(sheet)
    if flags & HAS_ENDING:
        side.fin_mark = get(sheet) + side.snd_nxt
        side.fin_ack = get(sheet)
        side.fin_count = get(sheet)
        side.fin_last = get_time(sheet, side.last)
        side.fin_acked_at = get_time(sheet, side.fin_last)
        side.fin_acked_frame = get_time(sheet, row.first_frame)
        side.fin_seen = get(sheet)
    if flags & HAS_HOLE:
        side.hole_from = get(sheet)
        side.hole_to = get(sheet)
    if flags & HAS_RARE:
        side.unanswered = get(sheet)
        side.zero = get(sheet)
        side.lives = get(sheet)
        side.rsts = get(sheet)
        side.windows = get(sheet)
        side.unseen = get(sheet)
        side.again = get(sheet)
        side.gaps = get(sheet)
        side.asked = get(sheet)
    return 0
