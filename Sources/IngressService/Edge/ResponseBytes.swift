// A whole response as the bytes of HTTP/1.1, for requests that are answered without a task. The others get the same
// fields through `Edge.response`; a test compares them.

import Domain
import HTTPTypes
import NIOCore
import NIOHTTP1

enum ResponseBytes {
    static let goOn = ByteBuffer(string: "HTTP/1.1 100 Continue\r\n\r\n")

    /// `date` is the value of `Date`; `closes` says that the connection ends with it. Of a stream only the head.
    static func of(
        _ reply: Reply, requestID: String, now: Timestamp, date: String, closes: Bool
    ) -> ByteBuffer {
        var body: [UInt8] = []
        if case .bytes(let bytes) = reply.content { body = bytes }
        var buffer = ByteBufferAllocator().buffer(capacity: 384 + body.count)
        if reply.status == 201 {
            buffer.writeStaticString("HTTP/1.1 201 Created\r\n")
        } else {
            let status = HTTPResponseStatus(statusCode: reply.status)
            buffer.writeString("HTTP/1.1 \(status.code) \(status.reasonPhrase)\r\n")
        }
        buffer.writeStaticString("Content-Type: ")
        buffer.writeString(reply.contentType)
        buffer.writeStaticString("\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nX-Server-Time: ")
        buffer.writeString(String(now.millis))
        buffer.writeStaticString("\r\nX-Request-Id: ")
        buffer.writeString(requestID)
        buffer.writeStaticString("\r\nDate: ")
        buffer.writeString(date)
        for field in reply.headers { buffer.writeString("\r\n\(field.name.rawName): \(field.value)") }
        if closes { buffer.writeStaticString("\r\nConnection: close") }
        buffer.writeStaticString("\r\nContent-Length: ")
        buffer.writeString(String(body.count))
        buffer.writeStaticString("\r\n\r\n")
        buffer.writeBytes(body)
        return buffer
    }
}
