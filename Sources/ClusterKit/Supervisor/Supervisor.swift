// The shell of `SupervisorState`: processes, sockets, files, signals. An actor that lives on one event loop, so frames,
// ends of processes and ticks come one after the other and each step's actions are done before the next.

import Domain
import Foundation
import Logging
import NIOCore
import NIOPosix
import Transport
import Wire

public actor Supervisor {
    private nonisolated let loop: any EventLoop
    public nonisolated var unownedExecutor: UnownedSerialExecutor { loop.executor.asUnownedSerialExecutor() }

    private let plan: SupervisorPlan
    private let logger: Logger
    private let announce: @Sendable (ClusterFile) -> Void
    private let started = SuspendingClock.now
    private let leftovers: Leftovers
    private var state: SupervisorState
    private var connections: [UInt64: ServerConnection] = [:]
    private var numbers: [ObjectIdentifier: UInt64] = [:]
    private var nextConnection: UInt64 = 1
    /// The stream of notices of each connection.
    private var joins: [UInt64: UInt64] = [:]
    private var pids: [String: Int32] = [:]
    private var lastWords: [String: String] = [:]
    private var ticks = 0
    private var announced = false
    private var withdrawn = false
    /// While the demonstration shop is made, the newest status waits.
    private var makingDemo: ClusterStatus?
    private var failure: String?
    private var isFinished = false
    private var finish: CheckedContinuation<Void, Never>?

    /// From one tick to the next.
    private static let tick = TimeAmount.milliseconds(50)
    /// Ticks from one look at the logs' sizes to the next.
    private static let ticksPerLogCheck = 40

    /// `announce` is called once, when `cluster.json` is there for the first time.
    public init(
        _ plan: SupervisorPlan, on loop: any EventLoop, logger: Logger,
        announce: @escaping @Sendable (ClusterFile) -> Void
    ) {
        self.plan = plan
        self.loop = loop
        self.logger = logger
        self.announce = announce
        leftovers = Leftovers(plan.run)
        state = SupervisorState(plan.settings)
    }

    /// Runs the cluster until a signal or a request stops it. Throws `.start` if it cannot be brought up.
    public func run() async throws(ClusterFault) {
        unlink(plan.data.clusterFile)
        for pid in leftovers.end() {
            logger.warning("ended a process of a former supervisor", metadata: ["pid": "\(pid)"])
        }
        let server: FrameServer
        do {
            server = try await FrameServer.start(
                at: .unix(path: plan.run.supervisor), on: loop,
                identity: PeerIdentity(role: .supervisor, name: "supervisor", pid: getpid()),
                service: SupervisorService(self), logger: logger)
        } catch {
            throw ClusterFault(.data, "\(plan.run.supervisor): cannot listen (\(error))")
        }
        let signals = StopSignals { [loop, self] in
            loop.execute { self.assumeIsolated { $0.handle(.stopAsked(nil)) } }
        }
        let ticking = loop.scheduleRepeatedTask(initialDelay: Self.tick, delay: Self.tick) { [self] _ in
            assumeIsolated { $0.tick() }
        }
        handle(.started)
        await withCheckedContinuation { done in
            if isFinished { done.resume() } else { finish = done }
        }
        ticking.cancel()
        signals.cancel()
        await server.stop()
        unlink(leftovers.file)
        if let failure { throw ClusterFault(.start, failure) }
    }

    // MARK: - What happens

    func connected(_ connection: ServerConnection) {
        numbers[ObjectIdentifier(connection)] = nextConnection
        connections[nextConnection] = connection
        nextConnection += 1
    }

    func disconnected(_ connection: ServerConnection) {
        guard let number = numbers.removeValue(forKey: ObjectIdentifier(connection)) else { return }
        connections[number] = nil
        joins[number] = nil
        handle(.disconnected(connection: number))
    }

    func received(_ frame: Frame, on connection: ServerConnection) {
        guard let number = numbers[ObjectIdentifier(connection)] else { return }
        let caller = Caller(connection: number, request: frame.id)
        switch frame.kind {
        case .cancel: if joins[number] == frame.id { handle(.disconnected(connection: number)) }
        case .request, .open:
            guard let request = try? BinaryDecoder().decode(SupervisorRequest.self, from: frame.payload) else {
                return answer(caller, .fault(WireFault(.badRequest, "unknown request")))
            }
            received(request, caller, isStream: frame.kind == .open)
        default: break
        }
    }

    private func received(_ request: SupervisorRequest, _ caller: Caller, isStream: Bool) {
        if case .join(let join) = request {
            guard isStream else {
                return answer(caller, .fault(WireFault(.badRequest, "join opens a stream")))
            }
            joins[caller.connection] = caller.request
            return handle(.joined(join, caller))
        }
        if isStream {
            connections[caller.connection]?.end(caller.request, WireFault(.badRequest, "only join opens a stream"))
            return
        }
        switch request {
        case .join: break
        case .report(let report):
            answer(caller, .done)
            handle(.reported(report, connection: caller.connection))
        case .clockReached(let time):
            answer(caller, .done)
            handle(.clockReached(time, connection: caller.connection))
        case .scale(let routers): handle(.scaleAsked(routers: routers, caller))
        case .clusterStatus: handle(.statusAsked(caller))
        case .setClock(let time): handle(.clockAsked(time, caller))
        case .stop: handle(.stopAsked(caller))
        }
    }

    private func tick() {
        ticks += 1
        if ticks % Self.ticksPerLogCheck == 0 {
            for name in pids.keys { LogFile(folder: plan.data.logs, name: name).rotate() }
        }
        handle(.tick)
    }

    private func ended(_ name: String, _ pid: Int32) {
        let how = ChildProcess.reap(pid)
        if pids[name] == pid { pids[name] = nil }
        leftovers.note(Array(pids.values))
        if let line = LogFile(folder: plan.data.logs, name: name).lastLine() { lastWords[name] = line }
        handle(.exited(name: name, pid: pid, how: how))
    }

    // MARK: - What is done

    private func handle(_ event: SupervisorEvent) {
        var events = [event]
        while !events.isEmpty {
            let now = started.duration(to: SuspendingClock.now)
            for action in state.handle(events.removeFirst(), at: now) {
                if let consequence = perform(action) { events.append(consequence) }
            }
        }
        for connection in connections.values { connection.flush() }
    }

    private func perform(_ action: SupervisorAction) -> SupervisorEvent? {
        switch action {
        case .spawn(let name, let role, let listen): return spawn(name, role, listen)
        case .terminate(let name, let pid): if pids[name] == pid { kill(pid, SIGTERM) }
        case .kill(let name, let pid): if pids[name] == pid { kill(pid, SIGKILL) }
        case .notify(let caller, let notice): notify(caller, notice)
        case .reply(let caller, let reply): answer(caller, reply)
        case .saveClock(let time):
            do throws(ClusterFault) {
                try plan.data.keep(clock: time)
                return .clockSaved(time)
            } catch {
                logger.error("\(error)")
                return .clockNotSaved(reason: error.message)
            }
        case .publish(let status): publish(status)
        case .withdraw:
            withdrawn = true
            unlink(plan.data.clusterFile)
        case .note(let text): logger.notice("\(text)")
        case .finished(let failure): finished(failure)
        }
        return nil
    }

    private func spawn(_ name: String, _ role: Role, _ listen: String?) -> SupervisorEvent {
        var arguments = [
            "--name", name, "--data", plan.data.path, "--run-dir", plan.run.path, "--supervisor", plan.run.supervisor,
        ]
        if plan.settings.manualClock != nil { arguments += ["--clock", "manual"] }
        if role == .ingress {
            let number = Int(name.split(separator: "-").last ?? "") ?? 1
            let address = listen.flatMap { ListenAddress(url: $0) } ?? plan.listen.ofIngress(number)
            arguments += ["--listen", address.description]
        }
        arguments += plan.arguments[role] ?? []
        do throws(ClusterFault) {
            let child = try ChildProcess(
                executable: "\(plan.executables)/fenliu-\(role.name)", arguments: arguments,
                log: LogFile(folder: plan.data.logs, name: name).path)
            let pid = child.pid
            pids[name] = pid
            leftovers.note(Array(pids.values))
            child.whenEnded { [loop, self] in
                loop.execute { self.assumeIsolated { $0.ended(name, pid) } }
            }
            return .spawned(name: name, pid: pid)
        } catch {
            return .spawnFailed(name: name, reason: error.message)
        }
    }

    private func notify(_ caller: Caller, _ notice: Notice) {
        guard let connection = connections[caller.connection], let payload = try? BinaryEncoder().encode(notice) else {
            return
        }
        // Who gives no credit for a notice hears it when it joins again.
        if !connection.item(caller.request, payload) { connection.close() }
    }

    private func answer(_ caller: Caller, _ reply: SupervisorReply) {
        guard let connection = connections[caller.connection] else { return }
        if connection.credit(for: caller.request) != nil {
            if case .fault(let fault) = reply { connection.end(caller.request, fault) }
            return
        }
        do {
            connection.reply(caller.request, try BinaryEncoder().encode(reply))
        } catch {
            connection.fail(caller.request, WireFault(.internalFault, "\(error)"))
        }
    }

    private func publish(_ status: ClusterStatus) {
        if makingDemo != nil {
            makingDemo = status
        } else if !announced, plan.data.wantsDemo {
            makingDemo = status
            Task { await self.makeDemo() }
        } else {
            write(status)
        }
    }

    private func makeDemo() async {
        do throws(ClusterFault) {
            try await ClusterLink.with(plan.run) { link throws(ClusterFault) in try await link.makeDemoShop() }
            plan.data.demoMade()
        } catch {
            logger.error("the demonstration shop is not complete (fenliu demo makes it): \(error)")
        }
        if let status = makingDemo {
            makingDemo = nil
            write(status)
        }
    }

    private func write(_ status: ClusterStatus) {
        guard !withdrawn else { return }
        let url = status.processes.compactMap(\.url).first ?? state.lastURL ?? ""
        let file = ClusterFile(url: url, operatorToken: plan.operatorToken, status: status)
        do throws(ClusterFault) {
            try file.write(to: plan.data.clusterFile)
        } catch {
            logger.error("\(error)")
            return
        }
        if !announced {
            announced = true
            announce(file)
        }
    }

    private func finished(_ failure: String?) {
        self.failure = failure.map { failure in
            let words = lastWords.first { failure.hasPrefix($0.key + " ") }?.value
            return words.map { "\(failure) (\($0))" } ?? failure
        }
        isFinished = true
        finish?.resume()
        finish = nil
    }
}
