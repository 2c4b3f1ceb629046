// The description of the HTTP interface, Protocols/openapi.yaml, as bytes of the executable.

#include "OpenAPIText.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

static const unsigned char text[] = {
#embed "../../Protocols/openapi.yaml"
};

const unsigned char *openapi_text(void) { return text; }

size_t openapi_text_size(void) { return sizeof text; }
