import Testing

@testable import Wire

@Suite struct FrameTests {
    static let frames = FrameKind.allCases.enumerated().map { index, kind in
        Frame(
            kind, id: UInt64.max - UInt64(index), argument: UInt32(index) << 24 | 7,
            payload: [UInt8](repeating: UInt8(index), count: index * 50)[...])
    }
    static let stream = frames.flatMap { $0.encoded() }
    var frames: [Frame] { Self.frames }
    var stream: [UInt8] { Self.stream }

    @Test func aFrameLiesAsDocumented() throws {
        let frame = Frame(.request, id: 0x0102_0304_0506_0708, argument: 5_000, payload: [0xaa, 0xbb])
        #expect(frame.encoded().hex == "0f000000" + "04" + "0807060504030201" + "88130000" + "aabb")
        #expect(FrameKind.allCases.map(\.rawValue) == Array(1...13))
    }

    @Test func allFramesOfOneReadAreOneBatch() throws {
        var decoder = FrameDecoder()
        #expect(try decoder.feed(stream) == frames)
        #expect(decoder.buffered == 0)
    }

    @Test(arguments: [1, 2, 3, 7, 16, 17, 18, 1_000])
    func piecesOfAnySizeGiveTheSameFrames(size: Int) throws {
        var decoder = FrameDecoder()
        var found: [Frame] = []
        for start in stride(from: 0, to: stream.count, by: size) {
            found += try decoder.feed(Array(stream[start..<min(start + size, stream.count)]))
        }
        #expect(found == frames)
        #expect(decoder.buffered == 0)
    }

    @Test func everyCutInTwoGivesTheSameFrames() throws {
        for cut in 0...stream.count {
            var decoder = FrameDecoder()
            let found = try decoder.feed(Array(stream[..<cut])) + decoder.feed(Array(stream[cut...]))
            #expect(found == frames, "cut at \(cut)")
        }
    }

    @Test func nothingGivesNothing() throws {
        var decoder = FrameDecoder()
        #expect(try decoder.feed([]).isEmpty)
        #expect(decoder.buffered == 0)
    }

    @Test func theLongestFrameIsReadAndALongerRefusedFromItsLength() throws {
        let limits = FrameLimits(longest: 100)
        let longest = Frame(.item, payload: [UInt8](repeating: 1, count: limits.payload)[...])
        var decoder = FrameDecoder(limits: limits)
        #expect(try decoder.feed(longest.encoded()) == [longest])
        #expect(throws: FrameFault.badLength(101)) { try decoder.feed([101, 0, 0, 0]) }
    }

    @Test func aLengthBelowTheHeadIsRefused() throws {
        for length in 0..<UInt8(Frame.fixedBytes) {
            var decoder = FrameDecoder()
            #expect(throws: FrameFault.badLength(UInt32(length))) { try decoder.feed([length, 0, 0, 0]) }
        }
    }

    @Test func anEnormousLengthIsRefusedAtOnce() throws {
        var decoder = FrameDecoder()
        #expect(throws: FrameFault.badLength(.max)) { try decoder.feed([0xff, 0xff, 0xff, 0xff]) }
    }

    @Test func unknownKindsAreRefusedFromTheirFirstByte() throws {
        for kind in [0, 14, 255] as [UInt8] {
            var decoder = FrameDecoder()
            #expect(throws: FrameFault.unknownKind(kind)) { try decoder.feed([13, 0, 0, 0, kind]) }
        }
    }

    @Test func framesBeforeAFaultyOneAreGivenOut() throws {
        var decoder = FrameDecoder()
        var batch: [Frame] = []
        let bytes = frames[0].encoded() + [0, 0, 0, 0]
        #expect(throws: FrameFault.badLength(0)) {
            try bytes.withUnsafeBytes { try decoder.feed($0, into: &batch) }
        }
        #expect(batch == [frames[0]])
    }
}

@Suite struct HandshakeTests {
    let server = PeerIdentity(role: .router, name: "router-1", pid: 1)
    let client = PeerIdentity(role: .ingress, name: "ingress-1", pid: 2)

    func meet(
        client range: ClosedRange<UInt32>, server other: ClosedRange<UInt32>
    ) -> (ServerHandshake.Result, ClientHandshake) {
        let client = ClientHandshake(identity: client, versions: range)
        return (ServerHandshake(identity: server, versions: other).receive(client.hello), client)
    }

    @Test func theNewestCommonVersionIsSpoken() throws {
        let (result, end) = meet(client: 1...3, server: 2...5)
        guard case .welcome(let frame, let peer, let version) = result else {
            Issue.record("\(result)")
            return
        }
        #expect(version == 3)
        #expect(peer == client)
        #expect(end.receive(frame) == .open(peer: server, version: 3))
    }

    @Test func withoutACommonVersionTheServerSaysSo() throws {
        for (mine, theirs) in [(1...1, 2...5), (6...9, 2...5)] as [(ClosedRange<UInt32>, ClosedRange<UInt32>)] {
            let (result, end) = meet(client: mine, server: theirs)
            guard case .reject(let frame, let reason) = result else {
                Issue.record("\(result)")
                return
            }
            #expect(end.receive(frame) == .rejected(reason: reason))
            #expect(try BinaryDecoder().decode(Reject.self, from: frame.payload).oldest == 2)
        }
    }

    @Test func anotherProtocolIsDropped() throws {
        var hello = Hello(identity: client)
        hello.magic = 1
        let frames = [
            Frame(.hello, payload: try BinaryEncoder().encode(hello)[...]), Frame(.hello),
            Frame(.hello, payload: [0xff, 0xff]), Frame(.request, id: 1), Frame(.ping),
        ]
        for frame in frames {
            guard case .drop = ServerHandshake(identity: server).receive(frame) else {
                Issue.record("\(frame)")
                continue
            }
        }
    }

    @Test func aNameHasOneTo64Bytes() throws {
        for name in ["", String(repeating: "x", count: 65)] {
            let hello = Hello(identity: PeerIdentity(role: .command, name: name, pid: 3))
            let result = ServerHandshake(identity: server)
                .receive(Frame(.hello, payload: try BinaryEncoder().encode(hello)[...]))
            guard case .reject = result else {
                Issue.record("\(result)")
                continue
            }
        }
    }

    @Test func aClientTakesNothingButAnAnswer() throws {
        let end = ClientHandshake(identity: client, versions: 1...1)
        let unasked = Frame(.welcome, payload: try BinaryEncoder().encode(Welcome(version: 2, identity: server))[...])
        for frame in [Frame(.reply, id: 1), Frame(.welcome), unasked] {
            guard case .drop = end.receive(frame) else {
                Issue.record("\(frame)")
                continue
            }
        }
        #expect(end.receive(Frame(.reject)) == .rejected(reason: "no reason given"))
    }
}
