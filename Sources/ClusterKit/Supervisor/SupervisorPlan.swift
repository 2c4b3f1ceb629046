/// What `fenliu up` was asked for, ready to be run.
public struct SupervisorPlan: Sendable {
    public var data: DataDirectory
    public var run: RunDirectory
    public var settings: SupervisorSettings
    public var listen: ListenAddress
    /// Folder of the executables `fenliu-router` and `fenliu-ingress`.
    public var executables: String
    /// Goes into `cluster.json`.
    public var operatorToken: String
    /// Further options of each `fenliu-ingress`.
    public var ingressArguments: [String]

    public init(
        data: DataDirectory, run: RunDirectory, settings: SupervisorSettings, listen: ListenAddress,
        executables: String, operatorToken: String, ingressArguments: [String] = []
    ) {
        self.data = data
        self.run = run
        self.settings = settings
        self.listen = listen
        self.executables = executables
        self.operatorToken = operatorToken
        self.ingressArguments = ingressArguments
    }
}
