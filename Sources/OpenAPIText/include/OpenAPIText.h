#ifndef OPENAPI_TEXT_H
#define OPENAPI_TEXT_H

#include <stddef.h>

// UTF-8, not terminated; there as long as the process is.
const unsigned char *openapi_text(void);
size_t openapi_text_size(void);

#endif
