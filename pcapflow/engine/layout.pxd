# The same as layout.py, for the compiled engine; tests/engine/test_layout.py holds them equal.

cdef enum:
    CHUNK = 32768
    CHUNK_SHIFT = 15
    KEPT_HEAD = 48
    KEPT_TAIL = 48
    BLOCK = 4
    BLOCKS = 32768
    KEPT_SHIFT = 17
    RING = 8
    RING_PLACE = 1023
    AHEAD = 8
    COARSE = 1
    REPEAT = 256
    SHAPE_LENGTH = 64
    MARK_DUPLICATES = 1
    MARK_ONE_SIDED = 2
    MARK_MID_STREAM = 4
    MARK_GAP = 8
    MARK_GUESSED = 16
    MARK_CLIENT_LAST = 32
    MARK_OVERFLOW = 64
    MARK_ODD = 128
    MARK_BUSY = 256
    MARK_EXPIRED = 512
    MARK_ODD_RST = 1024
    MARK_CLIENT_UNACKED = 2048
    MARK_SERVER_UNACKED = 4096
    MARK_CLOSED_EARLY = 8192
    CALM_ACK = 1
    CALM_DATA = 2
    ORIGIN_STAMPS = 256
    ORIGIN_FIRST = 65024
    ORIGIN_PLACE = 16
    CLOSING_BEGUN = 1
    CLOSING_RESET = 2
    TH_FIN = 1
    TH_SYN = 2
    TH_RST = 4
    TH_PSH = 8
    TH_ACK = 16
    TH_QUOTED = 256
    OPT_TIMESTAMP = 1
    OPT_SACK_PERMITTED = 2
    OPT_DSACK = 4
    OPT_SACK = 8
    OPT_WINDOW_SCALE = 16
    OPT_SCALE_SHIFT = 8
    TUNNEL_IPIP = 1
    TUNNEL_6IN4 = 2
    TUNNEL_GRE = 3
    TUNNEL_ERSPAN = 4
    TUNNEL_VXLAN = 5
    TUNNEL_GENEVE = 6
    TUNNEL_GTP = 7
    LETTER_S = 0
    LETTER_H = 1
    LETTER_A = 2
    LETTER_D = 3
    LETTER_F = 4
    LETTER_R = 5
    LETTER_T = 6
    LETTER_W = 7
    LETTER_G = 8
    LETTER_Q = 9
    LETTER_I = 10
    LETTER_X = 11
    ASLEEP = 1073741824
    WAIT_NEVER = 0
    WAIT_LINGER = 1
    WAIT_SYN = 2
    WAIT_OVER = 3
    WAIT_EARLY = 4
    ROW_FREE = 0
    ROW_OPEN = 1
    ROW_OVER = 2
    ROW_SHADOWED = 3
    SYN = 1
    SYN_DATA = 2
    SYN_AGAIN = 3
    CROSSED_SYN = 4
    SYN_ACK = 5
    SYN_ACK_AGAIN = 6
    HANDSHAKE_ACK = 7
    ACK = 8
    DATA = 9
    DATA_AGAIN = 10
    KEEP_ALIVE = 11
    ZERO_WINDOW = 12
    WINDOW_OPENED = 13
    ACK_UNSEEN = 14
    UNANSWERED = 15
    ANSWERED = 16
    FIN = 17
    FIN_CROSSING = 18
    FIN_EARLY = 19
    HOLE_FILLED = 20
    FIN_AGAIN = 21
    FIN_AGAIN_LATE = 22
    FIN_AGAIN_CROSSED = 23
    FIN_AGAIN_NEW_ACK = 24
    ACK_OF_FIN = 25
    ACK_OF_FIN_AGAIN = 26
    ACK_OF_FIN_DSACK = 27
    FIN_HINT = 28
    RST_REFUSED = 29
    RST_REPLY = 30
    RST_ABORT = 31
    RST_ABORT_LOSS = 32
    RST_IN_WINDOW = 33
    RST_OUTSIDE = 34
    REUSE = 35
    CHALLENGE_ACK = 36
    FIN_UNREAD = 37
    LIVES_ON = 38
    FIN_EARLY_CROSSING = 39
    RST_ODD = 40
    RST_FOREIGN = 41
    RST_DISOWNED = 42
    ACK_OF_FIN_EARLIER = 43
    RST_OF_CHALLENGE = 44
    RST_AT_FIN = 45
    UNREACHABLE = 46

# Kept small with bit-fields: a word is eight octets, a sequence number 34 bits (32, and -1).  To
# Cython every field is 64 bits wide.  C is not so sure: where a field narrower than a word stands in
# arithmetic that may leave its width, copy it to a local first.  And a processor waits where it
# reads a word that it has just written a part of: what a plain segment writes (ring_next) must not
# share a word with what is read whole for the next (number; that cost it a quarter of its time).
cdef extern from *:
    """
    typedef signed long long pcapflow_word;
    typedef unsigned long long pcapflow_count;
    typedef int pcapflow_half;
    typedef struct {
        pcapflow_word snd_nxt : 34, unanswered : 4, lives : 2, windows : 8, letters : 16;
        pcapflow_word snd_una : 34, ip_id : 18, alive : 2, zero : 2, calm : 8;
        pcapflow_word ack_sent : 34, origin : 30;
        pcapflow_word last_data;
        pcapflow_word last;
        pcapflow_word octets;
        pcapflow_count packets : 32;
        pcapflow_word window : 32;
        pcapflow_word rtt;
        pcapflow_word fin_mark : 34, fin_count : 20, asked : 10;
        pcapflow_word fin_ack : 34, syn_count : 3, idle : 27;
        pcapflow_word hole_from : 34, rsts : 30;
        pcapflow_word hole_to : 34, scale : 8, fin_seen : 22;
        pcapflow_word isn : 34, unseen : 30;
        pcapflow_word fin_acked_at;
        pcapflow_word fin_last;
        pcapflow_word fin_acked_frame : 44, again : 12, gaps : 8;
    } pcapflow_side;
    typedef struct {
        pcapflow_word client_lo;
        pcapflow_word server_lo;
        pcapflow_word client_hi;
        pcapflow_word server_hi;
        pcapflow_count ports : 32;
        pcapflow_word version : 8, ring_next : 8, closing : 3, used : 3, order : 2, last_code : 8;
        pcapflow_word marks : 15, tunnel : 5, number : 44;
        pcapflow_word seen;
        pcapflow_word last;
        pcapflow_side side[2];
        pcapflow_word ring[16];
        pcapflow_word older : 32, node : 32;
        pcapflow_word first;
        pcapflow_word first_frame : 48, history_count : 8, shape_length : 8;
        pcapflow_word head : 32, tail : 32;
        pcapflow_word kept : 32, duplicates : 32;
        pcapflow_word link : 32, tag : 32;
        pcapflow_word history;
        pcapflow_word history_more;
        pcapflow_word rst_at;
        pcapflow_word ended;
        pcapflow_word rst_seq[2];
        pcapflow_word sacked[2];
        pcapflow_half odd_seq[2];
        pcapflow_half odd_ack[2];
    } pcapflow_row;
    typedef struct {
        pcapflow_word at;
        pcapflow_word frame : 44, what : 20;
    } pcapflow_kept;
    typedef struct {
        unsigned char* packed;
        pcapflow_word seen : 60, wait : 4;
        pcapflow_word groups : 32, link : 32;
        pcapflow_word tag;
        pcapflow_word ended;
    } pcapflow_rest;
    typedef struct {
        pcapflow_word time;
        pcapflow_word frame;
        pcapflow_word offset;
        pcapflow_word iface : 36, origin : 28;
        pcapflow_word src_hi;
        pcapflow_word src_lo;
        pcapflow_word dst_hi;
        pcapflow_word dst_lo;
        pcapflow_count ports : 32;
        pcapflow_word order : 8, end : 8, duplicate : 8;
        pcapflow_word seq;
        pcapflow_word ack;
        pcapflow_word length;
        pcapflow_word tsval;
        pcapflow_word sacked;
        pcapflow_word sign;
        pcapflow_word tag : 32, window : 32;
        pcapflow_word ip_id : 32, checksum : 32;
        pcapflow_word flags : 16;
        pcapflow_count ttl : 8;
        pcapflow_word plain : 8, version : 8, tunnel : 8, options : 16;
        pcapflow_word conn;
        pcapflow_word codes;
    } pcapflow_segment;
    typedef struct {
        pcapflow_word start;
        pcapflow_word original;
        pcapflow_word when;
        pcapflow_word number;
        pcapflow_word captured : 32, link : 32;
        pcapflow_word interface;
    } pcapflow_packet;
    """
    ctypedef struct Side "pcapflow_side":
        long long snd_nxt
        long long unanswered
        long long lives
        long long windows
        long long letters
        long long snd_una
        long long ip_id
        long long alive
        long long zero
        long long calm
        long long ack_sent
        long long origin
        long long last_data
        long long last
        long long octets
        long long packets
        long long window
        long long rtt
        long long fin_mark
        long long fin_count
        long long asked
        long long fin_ack
        long long syn_count
        long long idle
        long long hole_from
        long long rsts
        long long hole_to
        long long scale
        long long fin_seen
        long long isn
        long long unseen
        long long fin_acked_at
        long long fin_last
        long long fin_acked_frame
        long long again
        long long gaps

    ctypedef struct Row "pcapflow_row":
        long long client_lo
        long long server_lo
        long long client_hi
        long long server_hi
        long long ports
        long long version
        long long ring_next
        long long closing
        long long used
        long long order
        long long last_code
        long long marks
        long long tunnel
        long long number
        long long seen
        long long last
        Side side[2]
        long long ring[16]
        long long older
        long long node
        long long first
        long long first_frame
        long long history_count
        long long shape_length
        long long head
        long long tail
        long long kept
        long long duplicates
        long long link
        long long tag
        long long history
        long long history_more
        long long rst_at
        long long ended
        long long rst_seq[2]
        long long sacked[2]
        long long odd_seq[2]
        long long odd_ack[2]

    ctypedef struct Kept "pcapflow_kept":
        long long at
        long long frame
        long long what

    ctypedef struct Rest "pcapflow_rest":
        unsigned char* packed
        long long seen
        long long wait
        long long groups
        long long link
        long long tag
        long long ended

    ctypedef struct Segment "pcapflow_segment":
        long long time
        long long frame
        long long offset
        long long iface
        long long origin
        long long src_hi
        long long src_lo
        long long dst_hi
        long long dst_lo
        long long ports
        long long order
        long long end
        long long duplicate
        long long seq
        long long ack
        long long length
        long long tsval
        long long sacked
        long long sign
        long long tag
        long long window
        long long ip_id
        long long checksum
        long long flags
        long long ttl
        long long plain
        long long version
        long long tunnel
        long long options
        long long conn
        long long codes

    ctypedef struct Packet "pcapflow_packet":
        long long start
        long long original
        long long when
        long long number
        long long captured
        long long link
        long long interface

# One end of a row; rows by their index, which is not checked here.
cdef inline Side* side_of(Row* row, long long end) noexcept nogil:
    return <Side*>row.side + end  # GCC works &row.side[end] out anew at every use

cdef inline Row* row_at(Row** chunks, long long index) noexcept nogil:
    return &chunks[index >> CHUNK_SHIFT][index & (CHUNK - 1)]

cdef inline Kept* kept_at(Kept** pool, long long index) noexcept nogil:
    return &pool[index >> KEPT_SHIFT][index & ((1 << KEPT_SHIFT) - 1)]

cdef inline Rest* rest_at(Rest* rests, long long index) noexcept nogil:
    return &rests[index]

cdef inline Segment* segment_at(Segment* segments, long long i) noexcept nogil:
    return &segments[i]

cdef inline Packet* packet_at(Packet* packets, long long i) noexcept nogil:
    return &packets[i]
