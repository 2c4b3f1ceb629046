import Dispatch
import Foundation

/// Calls back at SIGINT, SIGTERM and SIGHUP, each time, on a queue of its own.
final class StopSignals {
    private let sources: [any DispatchSourceSignal]

    init(_ then: @escaping @Sendable () -> Void) {
        let queue = DispatchQueue(label: "fenliu.signals")
        sources = [SIGINT, SIGTERM, SIGHUP].map { number in
            signal(number, SIG_IGN)
            let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
            source.setEventHandler(handler: then)
            source.resume()
            return source
        }
    }

    func cancel() { for source in sources { source.cancel() } }
}
