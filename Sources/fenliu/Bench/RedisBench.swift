// (e): a peer. The choice as a Lua script in Redis: the recent contact if there is one, else the smallest effective load
// of 100 agents (a sorted set), then the load is raised and the contact set with its expiry. Nothing is explained.

import ClusterKit
import Foundation

struct RedisBench {
    let plan: BenchPlan

    private static let script = """
        local agent = redis.call('GET', KEYS[2])
        if not agent then agent = redis.call('ZRANGE', KEYS[1], 0, 0)[1] end
        redis.call('ZINCRBY', KEYS[1], 1 / (50 + tonumber(agent)), agent)
        redis.call('SET', KEYS[2], agent, 'EX', 259200)
        return tonumber(agent)
        """

    func run(into report: inout BenchReport) throws(ClusterFault) {
        guard let server = Self.installed else {
            report.notes.append("redis-server is not installed, so workload e has no figures")
            return
        }
        try figures(server, durable: true, into: &report)
        try figures(server, durable: false, into: &report)
    }

    private static var installed: String? {
        let path = ProcessInfo.processInfo.environment["PATH"] ?? "/usr/local/bin:/usr/bin:/bin"
        return path.split(separator: ":").map { "\($0)/redis-server" }.first { access($0, X_OK) == 0 }
    }

    private func figures(_ server: String, durable: Bool, into report: inout BenchReport) throws(ClusterFault) {
        let folder = try BenchFolder(in: plan.folder)
        defer { folder.remove() }
        let socket = folder.path + "/r.sock"
        let process = try BenchProcess(
            server,
            [
                "--port", "0", "--unixsocket", socket, "--dir", folder.path, "--save", "", "--appendonly",
                durable ? "yes" : "no", "--appendfsync", "always", "--daemonize", "no",
            ], isPeer: true, log: folder.path + "/redis.log")
        defer { process.stop() }
        try awaitReady(process)
        let sha = try load(try LoadSocket.unix(socket))
        for inFlight in plan.inFlight {
            var runs: [Run] = []
            for _ in 0..<plan.runs {
                // What the last run left unanswered ends with its connection.
                let link = try LoadSocket.unix(socket)
                try begin(link)
                var speech = RedisSpeech(sha: sha, buyers: plan.buyers)
                let before = Usage.seconds(of: process.pid)
                let outcome = try runLoad([link], &speech, LoadPlan(inFlight: inFlight, seconds: plan.seconds))
                runs.append(Run(outcome, server: Usage.seconds(of: process.pid) - before))
            }
            report.figures.append(
                try Run.figure(
                    runs, "e", durable ? BenchName.redisDurable : BenchName.redisMemory, inFlight: inFlight))
        }
    }

    /// Redis logs to its standard output; any line of it ends with this when the socket is there.
    private func awaitReady(_ process: BenchProcess) throws(ClusterFault) {
        _ = try process.line(where: { $0.contains("accept connections at") })
    }

    private func load(_ link: LoadSocket) throws(ClusterFault) -> String {
        try link.sendAll(RedisSpeech.command(["SCRIPT", "LOAD", Self.script]))
        let reply = String(decoding: try link.receiveSome(), as: UTF8.self)
        guard let sha = reply.split(separator: "\r\n").dropFirst().first, sha.count == 40 else {
            throw ClusterFault(.refused, "redis-server: \(reply)")
        }
        return String(sha)
    }

    /// Empties it and makes 100 agents without load.
    private func begin(_ link: LoadSocket) throws(ClusterFault) {
        var words = ["ZADD", "loads"]
        for agent in 0..<100 { words += ["0", "\(agent)"] }
        try link.sendAll(RedisSpeech.command(["FLUSHALL"]) + RedisSpeech.command(words))
        try drain(link, 2)
    }

    /// Reads so many one-line replies.
    private func drain(_ link: LoadSocket, _ replies: Int) throws(ClusterFault) {
        var left = replies
        while left > 0 { left -= try link.receiveSome().count { $0 == 0x0a } }
    }
}
