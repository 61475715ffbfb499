# The same as sheet.py, for the compiled engine, inlined where it is used.

cdef enum:
    NUMBERS = 320

ctypedef struct Sheet:
    long long at
    long long numbers[NUMBERS]

cdef inline long long put(Sheet* sheet, long long value) noexcept nogil:
    sheet.numbers[sheet.at] = value
    sheet.at += 1
    return 0

cdef inline long long get(Sheet* sheet) noexcept nogil:
    cdef long long number = sheet.numbers[sheet.at]
    sheet.at += 1
    return number

cdef inline long long put_time(Sheet* sheet, long long at, long long since) noexcept nogil:
    return put(sheet, (at - since + (at >= since)) * (at >= 0))

cdef inline long long get_time(Sheet* sheet, long long since) noexcept nogil:
    cdef long long ahead = get(sheet)
    return since + ahead - (ahead > 0) if ahead else -1
