// Writes the responses of one event loop's plain requests: the same bytes as `ResponseBytes`, into a buffer that is
// used again once the socket has taken it.

import Domain
import Journal
import NIOCore
import Runtime

/// Of one event loop, and used on it alone.
final class PlainPen {
    private var buffer = ByteBuffer()
    private var json = JSONWriter()
    private var date = HTTPDate()
    private let clock = SystemClock()

    /// The value of `Date`.
    func dateText() -> String { date.text(at: clock.now()) }

    /// 201 with an object.
    func created(
        requestID: String, now: Timestamp, closes: Bool, _ body: (inout JSONWriter) -> Void
    ) -> ByteBuffer {
        json.reset()
        json.object(body)
        let date = dateText()
        buffer.clear()
        let size = json.bytes.count
        buffer.writeWithUnsafeMutableBytes(minimumWritableBytes: 512 + requestID.utf8.count + size) { room in
            var ink = Ink(room)
            ink.put("HTTP/1.1 201 Created\r\nContent-Type: application/json\r\n")
            ink.put("Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nX-Server-Time: ")
            ink.put(now.millis)
            ink.put("\r\nX-Request-Id: ")
            ink.put(requestID)
            ink.put("\r\nDate: ")
            ink.put(date)
            if closes { ink.put("\r\nConnection: close") }
            ink.put("\r\nContent-Length: ")
            ink.put(Int64(size))
            ink.put("\r\n\r\n")
            json.bytes.withUnsafeBytes { ink.put($0) }
            return ink.used
        }
        return buffer
    }
}

/// Writes into room that is there.
private struct Ink {
    private let room: UnsafeMutableRawBufferPointer
    private(set) var used = 0

    init(_ room: UnsafeMutableRawBufferPointer) { self.room = room }

    mutating func put(_ bytes: UnsafeRawBufferPointer) {
        precondition(bytes.count <= room.count - used, "no room is left")
        guard let base = room.baseAddress, let source = bytes.baseAddress else { return }
        (base + used).copyMemory(from: source, byteCount: bytes.count)
        used += bytes.count
    }

    mutating func put(_ text: StaticString) {
        put(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    mutating func put(_ text: String) {
        var text = text
        text.withUTF8 { put(UnsafeRawBufferPointer($0)) }
    }

    mutating func put(_ number: Int64) {
        if number < 0 { put("-") }
        withUnsafeTemporaryAllocation(byteCount: 20, alignment: 1) { digits in
            var rest = number.magnitude
            var place = 20
            repeat {
                place -= 1
                digits[place] = UInt8(truncatingIfNeeded: 0x30 + rest % 10)
                rest /= 10
            } while rest > 0
            put(UnsafeRawBufferPointer(rebasing: digits[place...]))
        }
    }
}
