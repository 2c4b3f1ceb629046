import Foundation

/// Comparing bytes where they lie.
enum PlainBytes {
    @inline(__always)
    static func same(_ a: UnsafeRawPointer, _ b: UnsafeRawPointer, _ count: Int) -> Bool { memcmp(a, b, count) == 0 }

    @inline(__always)
    static func isAt(_ bytes: UnsafeRawBufferPointer, _ place: Int, _ text: StaticString) -> Bool {
        guard place >= 0, bytes.count - place >= text.utf8CodeUnitCount, let base = bytes.baseAddress else {
            return false
        }
        return same(base + place, text.utf8Start, text.utf8CodeUnitCount)
    }

    @inline(__always)
    static func string(_ bytes: UnsafeRawBufferPointer, _ range: Range<Int>) -> String {
        String(decoding: UnsafeRawBufferPointer(rebasing: bytes[range]), as: UTF8.self)
    }
}
