"""Where the model of a run is."""

from mlflow import MlflowClient

from steelyard.tasks.tracking import logged_model, saved_model
from steelyard.tasks.tracking.patient_client import PatientClient


def log(client: PatientClient, run_id: str, network: saved_model.Network) -> str:
    """Log a network, and give its own address, ``models:/<model id>``."""
    logged_model.log(client, run_id, network)
    return f"models:/{model_id(client, run_id)}"


def model_id(client: MlflowClient, run_id: str) -> str:
    """Of the only model of a run."""
    (output,) = client.get_run(run_id).outputs.model_outputs
    return str(output.model_id)
