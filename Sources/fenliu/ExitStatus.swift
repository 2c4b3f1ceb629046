import ClusterKit

/// What the command `fenliu` ends with (the numbers of sysexits.h).
enum ExitStatus: Int32 {
    case done = 0
    /// `doctor` found something that must be mended, or `journal dump` an event that cannot be read.
    case findings = 1
    /// An option makes no sense; also what the parser of options says.
    case usage = 64
    /// The data directory or a file of it.
    case data = 65
    /// No cluster runs there, or it does not answer.
    case unavailable = 69
    /// A process of the cluster does not start.
    case start = 71
    /// The cluster refused.
    case refused = 73
    /// Another supervisor has the data directory.
    case busy = 75

    init(_ code: ClusterFault.Code) {
        self =
            switch code {
            case .data: .data
            case .busy: .busy
            case .notRunning: .unavailable
            case .start: .start
            case .refused: .refused
            case .usage: .usage
            }
    }
}
