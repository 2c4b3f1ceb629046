import Testing

@testable import Wire

@Suite struct RouterReplyTests {
    @Test("a reply takes 128 bytes at most while it waits, whatever a view or a status holds")
    func isSmall() {
        #expect(MemoryLayout<RouterReply>.stride <= 128)
    }
}
