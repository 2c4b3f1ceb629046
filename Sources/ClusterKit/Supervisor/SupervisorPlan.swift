import Wire

/// What `fenliu up` was asked for, ready to be run.
public struct SupervisorPlan: Sendable {
    public var data: DataDirectory
    public var run: RunDirectory
    public var settings: SupervisorSettings
    public var listen: ListenAddress
    /// Folder of the executables `fenliu-router` and its like.
    public var executables: String
    /// Goes into `cluster.json`.
    public var operatorToken: String
    /// Further options of the processes of a role.
    public var arguments: [Role: [String]]

    public init(
        data: DataDirectory, run: RunDirectory, settings: SupervisorSettings, listen: ListenAddress,
        executables: String, operatorToken: String, arguments: [Role: [String]] = [:]
    ) {
        self.data = data
        self.run = run
        self.settings = settings
        self.listen = listen
        self.executables = executables
        self.operatorToken = operatorToken
        self.arguments = arguments
    }
}
