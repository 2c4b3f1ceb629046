import OpenAPIText

/// The description of the HTTP interface, byte for byte Protocols/openapi.yaml.
enum OpenAPIDocument {
    static let text = String(
        decoding: UnsafeBufferPointer(start: openapi_text(), count: openapi_text_size()), as: UTF8.self)
}
