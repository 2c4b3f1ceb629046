// When followers are sent what became durable: at once while that is little, else what has gathered, so that a busy
// router does not write, and its followers do not wake, for each commit. Of all shards of a router, on its loop.

import NIOCore

final class FollowerPace: @unchecked Sendable {
    private let loop: any EventLoop
    private let window: TimeAmount
    private let most: Int
    private var begun = NIODeadline.distantPast
    /// Commits that were sent at once in this window.
    private var sent = 0
    private var gathered: [Shard] = []

    init(on loop: any EventLoop, settings: RuntimeSettings) {
        self.loop = loop
        window = settings.followGather
        most = settings.followAtOnce
    }

    /// True if the shard may send what a commit brought; else it is called when the window ends. Not again before that.
    func admit(_ shard: Shard) -> Bool {
        let now = NIODeadline.now()
        if gathered.isEmpty {
            if now - begun >= window {
                begun = now
                sent = 0
            }
            if sent < most {
                sent += 1
                return true
            }
            loop.scheduleTask(deadline: begun + window) { self.send() }
        }
        gathered.append(shard)
        return false
    }

    private func send() {
        let shards = gathered
        gathered = []
        begun = .now()
        sent = most
        var sinks = FlushList()
        for shard in shards { shard.pumpGathered(&sinks) }
        sinks.flush()
    }
}
