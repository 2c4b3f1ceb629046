// The check of UTF-8 says what the standard library says, for every short sequence that can be wrong in its own way.

import Testing

@testable import Wire

@Suite struct UTF8CheckTests {
    private func agrees(_ bytes: [UInt8]) -> Bool {
        bytes.withUnsafeBytes { UTF8Check.isValid($0) } == (String(validating: bytes, as: UTF8.self) != nil)
    }

    @Test func itSaysOfEveryPairAndItsContinuationsWhatTheLibrarySays() {
        var wrong: [[UInt8]] = []
        for first in UInt8.min ... .max {
            for second in UInt8.min ... .max {
                // Cut off, whole with two and three bytes more, and behind eight that are ASCII.
                for bytes in [
                    [first, second], [first, second, 0x80], [first, second, 0xbf, 0x80], [first, second, 0xc0, 0x80],
                    Array("abcdefgh".utf8) + [first, second, 0x80, 0xbf, 0x61],
                ] where !agrees(bytes) {
                    wrong.append(bytes)
                }
            }
        }
        #expect(wrong.isEmpty)
        #expect(agrees([]))
    }

    @Test func overlongFormsSurrogatesAndWhatLiesBeyondAreRefused() {
        for bytes: [UInt8] in [
            [0xc0, 0x80], [0xe0, 0x9f, 0xbf], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0xff],
        ] {
            #expect(!bytes.withUnsafeBytes { UTF8Check.isValid($0) })
        }
        #expect(Array("a店😀".utf8).withUnsafeBytes { UTF8Check.isValid($0) })
    }
}
