import HTTPTypes
import Hummingbird
import Journal

/// What a route answers with.
struct Reply: Sendable {
    enum Content: Sendable {
        case bytes([UInt8])
        /// Written as it comes; the place in hand is given back before.
        case stream(@Sendable (inout any ResponseBodyWriter) async throws -> Void)
    }

    var status: Int
    var contentType: String
    var content: Content
    var headers: HTTPFields = [:]

    init(status: Int, contentType: String, content: Content) {
        self.status = status
        self.contentType = contentType
        self.content = content
    }

    static let jsonType = "application/json"

    static func json(_ status: Int = 200, _ body: (inout JSONWriter) -> Void) -> Reply {
        Reply(status: status, contentType: jsonType, content: .bytes(JSONWriter.object(body)))
    }

    static func text(_ status: Int, _ contentType: String, _ text: String) -> Reply {
        Reply(status: status, contentType: contentType, content: .bytes(Array(text.utf8)))
    }

    /// `{"data": […], "next_cursor": …}`.
    static func page<S: Sequence>(
        _ elements: S, next: String?, _ body: (inout JSONWriter, S.Element) -> Void
    ) -> Reply {
        .json { json in
            json.field("data", list: elements, body)
            if let next {
                json.field("next_cursor", next)
            } else {
                json.name("next_cursor")
                json.null()
            }
        }
    }
}

/// Names of header fields that HTTPTypes has no constants for.
enum FieldName {
    static let serverTime = name("X-Server-Time")
    static let requestID = name("X-Request-Id")
    static let idempotencyKey = name("Idempotency-Key")
    static let lastEventID = name("Last-Event-ID")
    static let contentTypeOptions = name("X-Content-Type-Options")

    private static func name(_ text: String) -> HTTPField.Name {
        guard let name = HTTPField.Name(text) else { preconditionFailure("\(text) is no field name") }
        return name
    }
}
