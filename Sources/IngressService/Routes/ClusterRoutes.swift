// The operator's view of the cluster, and the manual clock.

import Domain
import Journal
import Wire

extension Routes {
    static let cluster: [Route] = [
        Route(.get, "/v1/cluster", .operatorOnly, .read) { call in
            let status = try await call.clusterStatus()
            return .json { $0.cluster(status) }
        },
        Route(.get, "/v1/clock", .operatorOnly, .read) { call in .clock(call.edge) },
        Route(.post, "/v1/clock", .operatorOnly, .reply) { call in
            let body = try await call.json()
            let faults = FaultList()
            var fields = Fields(body, faults: faults)
            let now = fields.time("now")
            let advance = fields.seconds("advance")
            if fields.has("now") == fields.has("advance") { faults.add("", "must have one of now, advance") }
            fields.finish()
            try faults.check()
            guard call.edge.supervision.manualClock else {
                throw Problem(WireFault(.clockNotManual, "Start the cluster with `--clock manual` to move its clock."))
            }
            let target = now ?? (call.edge.clock.now() + (advance ?? Span(millis: 0)))
            do throws(WireFault) {
                try await call.edge.supervision.setClock(target)
            } catch {
                throw Problem(error)
            }
            return .clock(call.edge)
        },
    ]
}

extension Call {
    fileprivate func clusterStatus() async throws -> ClusterStatus {
        do throws(WireFault) {
            return try await edge.supervision.clusterStatus()
        } catch {
            throw Problem(error)
        }
    }
}

extension Reply {
    fileprivate static func clock(_ edge: Edge) -> Reply {
        .json { json in
            json.field("now", edge.clock.now())
            json.field("clock", edge.supervision.manualClock ? "manual" : "system")
        }
    }
}

extension Fields {
    /// A length of time in seconds, not negative, at most ten years; digits beyond the third are cut off.
    fileprivate mutating func seconds(_ name: String) -> Span? {
        let most = 315_360_000.0
        let seconds: Double
        switch take(name) {
        case nil: return nil
        case .integer(let number): seconds = Double(number)
        case .decimal(let number): seconds = number
        case let other?:
            faults.add(path(name), "must be a number, is \(other.kindName)")
            return nil
        }
        guard (0...most).contains(seconds) else {
            faults.add(path(name), "must be 0 to \(Int(most)) seconds")
            return nil
        }
        return Span(millis: Int64((seconds * 1_000).rounded(.down)))
    }
}

extension JSONWriter {
    fileprivate mutating func cluster(_ status: ClusterStatus) {
        field("epoch", number: status.epoch)
        field("shards", status.shards)
        field("manualClock", status.manualClock)
        field("processes", list: status.processes) { json, process in
            json.object { json in
                json.field("name", process.name)
                json.field("role", process.role)
                json.field("pid", number: process.pid)
                json.field("socket", process.socket)
                json.field("url", process.url)
                json.field("ready", process.ready)
                json.field("restarts", process.restarts)
                guard let router = process.router else { return }
                json.field("epoch", number: router.epoch)
                json.field("connections", router.connections)
                json.field("shards", list: router.shards) { json, shard in json.object { $0.shard(shard) } }
            }
        }
    }

    private mutating func shard(_ shard: ShardStatus) {
        field("shard", shard.shard)
        field("state", shard.state.name)
        field("term", number: shard.term)
        field("durable", number: shard.durable)
        field("checkpoint", number: shard.checkpoint)
        field("checkpointLag", number: shard.durable >= shard.checkpoint ? shard.durable - shard.checkpoint : 0)
        field("shops", shard.shops)
        field("residentBuyers", shard.residentBuyers)
        field("openSessions", shard.openSessions)
        field("followers", shard.followers)
        field("fault", shard.fault)
    }
}
