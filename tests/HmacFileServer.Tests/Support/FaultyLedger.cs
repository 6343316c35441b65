using System.Reflection;
using System.Runtime.ExceptionServices;
using HmacFileServer.Ledger;

namespace HmacFileServer.Tests.Support;

/// <summary>A ledger that can be made to throw what nobody expects of one.</summary>
public class FaultyLedger : DispatchProxy
{
    public const string Fault = "a fault that nobody expects";

    private object good = null!;

    public bool IsBroken { get; set; }

    internal static ILedger Around(ILedger good, out FaultyLedger faulty)
    {
        var ledger = Create<ILedger, FaultyLedger>();
        faulty = (FaultyLedger)ledger;
        faulty.good = good;
        return ledger;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args)
    {
        if (IsBroken && targetMethod!.Name != nameof(IDisposable.Dispose))
        {
            throw new InvalidOperationException(Fault);
        }

        try
        {
            return targetMethod!.Invoke(good, args);
        }
        catch (TargetInvocationException e)
        {
            ExceptionDispatchInfo.Throw(e.InnerException!);
            throw;
        }
    }
}
