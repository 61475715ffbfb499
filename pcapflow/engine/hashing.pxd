from pcapflow.engine.batch cimport Batch

cdef Py_ssize_t tag(Batch batch) except? -2 nogil
